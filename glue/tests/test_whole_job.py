"""The whole job against an emulated AWS and a real PostgreSQL."""

import pytest

HEADER = "o_orderkey,o_custkey,o_orderstatus,o_totalprice,o_orderdate,o_orderpriority,o_clerk,o_shippriority,o_comment"


def order(key, price="10.00", date="1996-01-02", comment="as ordered"):
    return f'{key},7,O,{price},{date},5-LOW,Clerk#000000001,0,"{comment}"'


def file_of(*lines):
    return "\n".join([HEADER, *lines]) + "\n"


def test_a_good_file_lands_in_gold_and_mart_once(lake, orders):
    version = lake.put("orders/a.csv", file_of(order(1), order(2, "20.50"), order(2, "21.50", "1996-01-03")))

    first = lake.run(orders, "orders/a.csv", version)

    assert first["status"] == "ok"
    assert first["rows"] == {"read": 3, "valid": 3, "quarantined": 0, "deduplicated": 1, "written": 2, "staged": 2,
                             "inserted": 2, "updated": 0, "unchanged": 0, "loaded": 2}
    assert first["sums"] == {"o_totalprice": {"gold": "31.50", "mart": "31.50"}}
    assert lake.gold_rows() == lake.mart_rows()
