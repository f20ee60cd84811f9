"""Spark with Delta, as a process that answers lines. `spark.py PACKAGE IVY` starts a session with the package, which Ivy keeps in the folder.

A request runs one `statement`, over the temporary view `source` when it brings `rows` of a `schema`, and is answered with its rows; or it names
a `checkpoint`, the table to write one for."""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from values import plain, serve, typed

package, ivy = sys.argv[1:]
settings = {
    "spark.driver.memory": "1200m",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.jars.packages": package,
    "spark.jars.ivy": ivy,
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=UTC -Dderby.system.home=/tmp",
}
builder = SparkSession.builder.master("local[2]")
for key, value in settings.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()


def answer(request):
    if "checkpoint" in request:
        spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, request["checkpoint"]).checkpoint()
        return []
    if "rows" in request:
        schema = json.loads(request["schema"])
        rows = [tuple(typed(row[field["name"]], field["type"], dict) for field in schema["fields"]) for row in request["rows"]]
        spark.createDataFrame(rows, StructType.fromJson(schema)).createOrReplaceTempView("source")
    frame = spark.sql(request["statement"])
    return [{name: plain(value, dict_is_map=True) for name, value in zip(frame.columns, row)} for row in frame.collect()]


serve(answer)
