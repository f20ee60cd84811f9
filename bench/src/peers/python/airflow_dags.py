"""The workloads as DAGs of Airflow."""
import time

from airflow.sdk import DAG, task
from airflow.sdk.bases.operator import chain


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@task
def step(n):
    fibonacci(n)


@task
def wait():
    time.sleep(1)


for name, length, n in [("fibo", 40, 10), ("long", 10, 33), ("single", 1, 0)]:
    with DAG(dag_id=name, schedule=None, catchup=False) as dag:
        chain(*[step.override(task_id=f"step{i}")(n) for i in range(length)])
    globals()[name] = dag

with DAG(dag_id="waits", schedule=None, catchup=False) as waits:
    for i in range(64):
        wait.override(task_id=f"wait{i}")()
