# fastparquet 2026.9.0 with pandas 3.1.1: what is missing is NaN; lists are JSON.
import fastparquet
import pandas as pd
from rows import outcomes, sessions

table = pd.DataFrame(sessions(), columns=["client_id", "session", "alliance", "date", "delivery", "items"])
table["date"] = pd.to_datetime(table["date"]).astype("datetime64[ns]")
table["delivery"] = table["delivery"].astype("category")
table["session"] = table["session"].astype("int16")
table["items"] = [str(items) for items in table["items"]]
fastparquet.write("fastparquet-sessions.parquet", table, write_index=False)
table = pd.DataFrame(outcomes(), columns=["client_id", "measure", "pre", "post", "treatment"])
fastparquet.write("fastparquet-outcomes.parquet", table, write_index=False, compression="SNAPPY")
