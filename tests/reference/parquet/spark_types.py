# Spark (pyspark 4.3.0, Java 17): decimals, bytes and shorts, timestamps (INT96), arrays and maps; the part file it writes.
import datetime
import decimal
import glob
import os
import shutil

from pyspark.sql import SparkSession
from pyspark.sql import types as t
from rows import outcomes, sessions

spark = (SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC")
         .config("spark.ui.enabled", "false").getOrCreate())


def write(name, rows, fields):
    schema = t.StructType([t.StructField(*field) for field in fields])
    spark.createDataFrame(rows, schema).coalesce(1).write.mode("overwrite").parquet("spark-out")
    [part] = glob.glob("spark-out/part-*.parquet")
    os.replace(part, f"spark-{name}.parquet")
    shutil.rmtree("spark-out")


def moment(day):
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)


write("sessions", [
    (c, s, None if a is None else decimal.Decimal(str(a)), moment(d), e, i, {"a": 1}) for c, s, a, d, e, i in sessions()
], [
    ("client_id", t.StringType()), ("session", t.ByteType()), ("alliance", t.DecimalType(20, 4)), ("date", t.TimestampType()),
    ("delivery", t.StringType()), ("items", t.ArrayType(t.IntegerType())), ("answers", t.MapType(t.StringType(), t.IntegerType())),
])
write("outcomes", [(c, m, pre, None if post is None else float(post), tr) for c, m, pre, post, tr in outcomes()], [
    ("client_id", t.StringType()), ("measure", t.StringType()), ("pre", t.ShortType()), ("post", t.FloatType()),
    ("treatment", t.StringType()),
])
