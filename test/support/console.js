// oclif writes through the console; jest's own console would hide that from tests that capture output.
import console from 'node:console';
globalThis.console = console;
