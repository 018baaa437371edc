# pyarrow 14.0.2 with pandas 2.1.4, as many hospitals still have them.
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rows import outcomes, sessions

table = pd.DataFrame(sessions(), columns=["client_id", "session", "alliance", "date", "delivery", "items"])
table["date"] = pd.to_datetime(table["date"])
table["delivery"] = table["delivery"].astype("category")
table.to_parquet("pyarrow14-sessions.parquet", index=False)
table = pd.DataFrame(outcomes(), columns=["client_id", "measure", "pre", "post", "treatment"])
table = pa.Table.from_pandas(table, preserve_index=False)
pq.write_table(table, "pyarrow14-outcomes.parquet", version="1.0", use_deprecated_int96_timestamps=True, compression="gzip")
