# polars 2.1.0: enums, categories, decimals, moments in microseconds, small integers, lists.
import decimal

import polars as pl
from rows import DELIVERIES, outcomes, sessions

table = pl.DataFrame(
    list(sessions()),
    schema={
        "client_id": pl.String, "session": pl.Int8, "alliance": pl.Float64, "date": pl.Date,
        "delivery": pl.Enum(DELIVERIES), "items": pl.List(pl.Int64),
    },
    orient="row",
)
table = table.with_columns(pl.col("date").cast(pl.Datetime("us")), pl.col("alliance").cast(pl.Decimal(10, 3)))
table.write_parquet("polars-sessions.parquet")
table = pl.DataFrame(
    list(outcomes()),
    schema={"client_id": pl.String, "measure": pl.String, "pre": pl.UInt16, "post": pl.Float32, "treatment": pl.Categorical},
    orient="row",
)
table.write_parquet("polars-outcomes.parquet", compression="lz4")
