# pandas 3.1.1 with pyarrow 26.0.1: categories, timestamps without a zone (its only days), small integers.
import pandas as pd
from rows import outcomes, sessions

table = pd.DataFrame(sessions(), columns=["client_id", "session", "alliance", "date", "delivery", "items"])
table["date"] = pd.to_datetime(table["date"])
table["client_id"] = table["client_id"].astype("category")
table["delivery"] = table["delivery"].astype("category")
table["session"] = table["session"].astype("int8")
table.to_parquet("pandas-sessions.parquet", index=False)
table = pd.DataFrame(outcomes(), columns=["client_id", "measure", "pre", "post", "treatment"])
table["treatment"] = table["treatment"].astype("category")
table["pre"] = table["pre"].astype("uint8")
table.to_parquet("pandas-outcomes.parquet", index=False)
# Made-up birth days as timestamps, in a column whose name does not say so.
table = pd.DataFrame(sessions(), columns=["client_id", "session", "alliance", "date", "delivery", "items"])[
    ["client_id", "session", "alliance"]
]
table["since"] = [pd.Timestamp(1950 + int(client[1:]), 5, 17, 13, 30) for client in table["client_id"]]
table.to_parquet("pandas-born.parquet", index=False)
# Days of Berlin that were turned into moments of Greenwich, where they are the day before.
table = pd.DataFrame(sessions(), columns=["client_id", "session", "alliance", "date", "delivery", "items"])[
    ["client_id", "session", "alliance", "date"]
]
table["date"] = pd.to_datetime(table["date"]).dt.tz_localize("Europe/Berlin").dt.tz_convert("UTC")
table.to_parquet("pandas-greenwich.parquet", index=False)
table["date"] = table["date"].dt.tz_localize(None)
table.to_parquet("pandas-int96.parquet", index=False, use_deprecated_int96_timestamps=True)
