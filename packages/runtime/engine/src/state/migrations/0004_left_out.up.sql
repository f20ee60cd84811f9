-- Of a run that was asked for a part of its tasks: another one. Where it could begin it ends at once, as if it had succeeded.
alter table sluice.task_run add column left_out boolean not null default false;
