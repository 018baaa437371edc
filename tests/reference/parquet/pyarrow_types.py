# pyarrow 26.0.1: decimals, dictionaries, moments of a zone, and what nobody asked for: lists, maps, groups, durations,
# times of day, halves, bytes.
import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
from rows import outcomes, sessions

client, session, alliance, day, delivery, items = map(list, zip(*sessions()))
exact = [None if a is None else decimal.Decimal(str(a)).quantize(decimal.Decimal("0.10")) for a in alliance]
# Midnight in Berlin, which is the day before in Greenwich.
berlin = pa.array(day, pa.date32()).cast(pa.timestamp("ms"))
berlin = pa.compute.assume_timezone(berlin, "Europe/Berlin")
n = len(client)
table = pa.table({
    "client_id": pa.array(client, pa.large_string()),
    "items": pa.array(items, pa.list_(pa.int8())),
    "session": pa.array(session, pa.uint16()),
    "alliance": pa.array(exact, pa.decimal128(6, 2)),
    "date": berlin,
    "delivery": pa.array(delivery, pa.string()).dictionary_encode(),
    "answers": pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int64())),
    "scale": pa.array([{"a": 1}] * n, pa.struct([("a", pa.int64())])),
    "lasted": pa.array([datetime.timedelta(minutes=50)] * n, pa.duration("s")),
    "began": pa.array([datetime.time(9)] * n, pa.time32("ms")),
    "half": pa.array([1.5] * n, pa.float16()),
    "raw": pa.array([b"\xff\x00"] * n, pa.binary()),
    "empty": pa.nulls(n),
})
pq.write_table(table, "pyarrow-sessions.parquet", row_group_size=25, compression="zstd")
client, measure, pre, post, treatment = map(list, zip(*outcomes()))
table = pa.table({
    "client_id": client,
    "measure": pa.array(measure, pa.string_view()),
    "pre": pa.array(pre, pa.float16()),
    "post": pa.array([None if p is None else decimal.Decimal(p) for p in post], pa.decimal256(40, 1)),
    "treatment": pa.array(treatment).dictionary_encode(),
})
pq.write_table(table, "pyarrow-outcomes.parquet", compression="brotli")
# Lists in a needed column whose name stands between blanks.
table = pa.table({"client_id": client[:3], "session": [1, 1, 1], " alliance ": items[:3]})
pq.write_table(table, "pyarrow-blanks.parquet")
# No row at all.
table = pa.table({"client_id": pa.array([], pa.string()), "session": pa.array([], pa.int8()), "alliance": pa.array([], pa.int8())})
pq.write_table(table, "pyarrow-empty.parquet")
