# DuckDB 2.0.1: ENUM, DECIMAL, TIMESTAMP, TINYINT, lists, UUID, HUGEINT.
import duckdb
from rows import outcomes, sessions

db = duckdb.connect()
db.execute("create type delivery as enum ('online', 'in person')")
db.execute("""create table sessions (client_id varchar, session tinyint, alliance decimal(5, 1), date timestamp,
    delivery delivery, items integer[])""")
db.executemany("insert into sessions values (?, ?, ?, ?, ?, ?)", [list(row) for row in sessions()])
db.execute("""copy (select *, uuid '6b3f0d2a-5d0e-4a57-9a30-6f1d0c9c7b11' as export_of, 3::hugeint as batch from sessions)
    to 'duckdb-sessions.parquet' (format parquet)""")
db.execute("create table outcomes (client_id varchar, measure varchar, pre utinyint, post decimal(20, 2), treatment varchar)")
db.executemany("insert into outcomes values (?, ?, ?, ?, ?)", [list(row) for row in outcomes()])
db.execute("copy outcomes to 'duckdb-outcomes.parquet' (format parquet, codec zstd)")
