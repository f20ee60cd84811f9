alter table sluice.task_run drop column left_out;
