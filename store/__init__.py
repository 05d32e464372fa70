"""The only room with SQL: engine, tables, migrations, one query module per aggregate."""
