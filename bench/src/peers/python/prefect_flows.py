"""The workloads as flows of Prefect. Each line of stdin names one; it is answered when its run is recorded as ended."""
import sys
import time

from prefect import flow, task


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@task
def step(n):
    fibonacci(n)


@task
def wait():
    time.sleep(1)


@flow(name="fibo")
def chain():
    for _ in range(40):
        step(10)


@flow(name="long")
def long_chain():
    for _ in range(10):
        step(33)


@flow(name="single")
def single():
    step(0)


@flow(name="waits")
def waits():
    for each in [wait.submit() for _ in range(64)]:
        each.result()


flows = {"fibo": chain, "long": long_chain, "single": single, "waits": waits}
print("ready")
for line in sys.stdin:
    flows[line.strip()]()
    print("done")
