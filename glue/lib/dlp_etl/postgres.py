"""PostgreSQL through the JDBC driver in Spark's own JVM: Glue has no Python driver, and COPY is the fast way in."""

import time
from concurrent.futures import ThreadPoolExecutor

from py4j.protocol import Py4JJavaError

_CONNECT_ATTEMPTS = 4
_COPY_STREAMS = 2
_BUFFER = 1 << 16


class PostgresError(Exception):
    """What the server or the driver said, in one line."""


class Postgres:
    """One connection. Statements commit at once until `begin()`. `url` is jdbc:postgresql://…; its sslmode is kept."""

    def __init__(self, spark, url, user, password, name, role=None):
        self._jvm, self._spark, self._url, self._role = spark._jvm, spark, url, role
        self._properties = self._jvm.java.util.Properties()
        settings = {"user": user, "password": password, "ApplicationName": name,
                    # The connection waits while Spark merges; an idle one is dropped by NAT and proxies.
                    "tcpKeepAlive": "true", "connectTimeout": "30"}
        for key, value in settings.items():
            self._properties.setProperty(key, value)
        # DriverManager does not see a driver that Spark loaded; the thread's class loader does.
        loader = self._jvm.java.lang.Thread.currentThread().getContextClassLoader()
        self._driver = loader.loadClass("org.postgresql.Driver").newInstance()
        self._connection = self._connect()

    def _connect(self):
        for attempt in range(1, _CONNECT_ATTEMPTS + 1):
            try:
                connection = self._driver.connect(self._url, self._properties)
                break
            except Py4JJavaError as error:
                state = error.java_exception.getSQLState() if hasattr(error.java_exception, "getSQLState") else None
                # 08: no connection, 57P03: starting up. Anything else (a wrong password) stays wrong.
                if attempt == _CONNECT_ATTEMPTS or not (state or "").startswith(("08", "57P03")):
                    raise PostgresError(f"the mart cannot be reached: {_message(error)}") from error
                time.sleep(2 ** attempt)
        self._run(connection, "SET TIME ZONE 'UTC'")
        if self._role:
            self._run(connection, f'SET ROLE "{self._role}"')
        return connection

    def execute(self, sql):
        """Runs one statement; the number of rows it changed."""
        return self._run(self._connection, sql)

    @staticmethod
    def _run(connection, sql):
        statement = connection.createStatement()
        try:
            return int(statement.executeLargeUpdate(sql))
        except Py4JJavaError as error:
            raise PostgresError(_message(error)) from error
        finally:
            statement.close()

    def rows(self, sql):
        """Every row of a query as a list of texts (None for null)."""
        statement = self._connection.createStatement()
        try:
            result = statement.executeQuery(sql)
            width = result.getMetaData().getColumnCount()
            found = []
            while result.next():
                found.append([result.getString(i + 1) for i in range(width)])
            return found
        except Py4JJavaError as error:
            raise PostgresError(_message(error)) from error
        finally:
            statement.close()

    def use_role(self, role):
        """SET ROLE for this connection and for those that copy. Nothing happens when there is no such role."""
        if self.rows(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            self._role = role
            self.execute(f'SET ROLE "{role}"')

    def begin(self):
        self._connection.setAutoCommit(False)

    def commit(self):
        self._end(self._connection.commit)

    def rollback(self):
        self._end(self._connection.rollback)

    def _end(self, how):
        try:
            how()
            self._connection.setAutoCommit(True)
        except Py4JJavaError as error:
            raise PostgresError(_message(error)) from error

    def close(self):
        self._connection.close()

    def copy_csv(self, table_and_columns, uri):
        """COPYs every CSV file below `uri` (any file system that Spark knows) and returns the number of rows.
        Each stream has its own connection, so the table must be committed and may hold a part after a failure."""
        path = self._jvm.org.apache.hadoop.fs.Path(uri)
        files = path.getFileSystem(self._spark._jsc.hadoopConfiguration())
        parts = [status.getPath() for status in files.listStatus(path)
                 if status.getPath().getName().startswith("part-") and status.getLen() > 0]
        if not parts:
            return 0
        shares = [parts[i::_COPY_STREAMS] for i in range(min(_COPY_STREAMS, len(parts)))]
        with ThreadPoolExecutor(len(shares)) as pool:
            return sum(pool.map(lambda share: self._copy_share(table_and_columns, files, share), shares))

    def _copy_share(self, table_and_columns, files, parts):
        connection = self._connect()
        try:
            copier = connection.getCopyAPI()
            rows = 0
            for part in parts:
                stream = files.open(part)
                try:
                    rows += copier.copyIn(f"COPY {table_and_columns} FROM STDIN WITH (FORMAT csv)", stream, _BUFFER)
                finally:
                    stream.close()
            return rows
        except Py4JJavaError as error:
            raise PostgresError(_message(error)) from error
        finally:
            connection.close()


def _message(error):
    return " ".join(str(error.java_exception.getMessage()).split())
