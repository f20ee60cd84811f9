-- Says in which transaction a run or a task run was last changed for those who watch, so that they read what changed and nothing else
-- (state/changes.ts). A counter of what is above a task is not such a change: it stays a cheap update.
create or replace function sluice.mark_change() returns trigger
language plpgsql as $$
begin
  new.changed := pg_current_xact_id();
  return new;
end
$$;

create or replace trigger task_run_changes before update on sluice.task_run
for each row when (old.state <> new.state or old.attempt <> new.attempt or old.generation <> new.generation)
execute function sluice.mark_change();

create or replace trigger run_changes before update on sluice.run
for each row when (old.state <> new.state or old.generation <> new.generation) execute function sluice.mark_change();
