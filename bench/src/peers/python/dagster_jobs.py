"""The workloads as jobs of Dagster. Each line of stdin names one; it is answered when its run is recorded as ended."""
import sys

from dagster import DagsterInstance, In, Nothing, Out, in_process_executor, job, op


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def chain_of(name, length, n):
    first = op(name="step0", out=Out(Nothing))(lambda: (fibonacci(n), None)[1])
    others = [op(name=f"step{i}", ins={"before": In(Nothing)}, out=Out(Nothing))(lambda: (fibonacci(n), None)[1]) for i in range(1, length)]

    @job(name=name, executor_def=in_process_executor)
    def chain():
        last = first()
        for each in others:
            last = each(last)

    return chain


jobs = {"fibo": chain_of("fibo", 40, 10), "long": chain_of("long", 10, 33), "single": chain_of("single", 1, 0)}
instance = DagsterInstance.get()
print("ready")
for line in sys.stdin:
    result = jobs[line.strip()].execute_in_process(instance=instance)
    print("done" if result.success else "failed")
