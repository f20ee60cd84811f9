-- Counts how often a run ends or is opened again, whichever statement does it.
create or replace function sluice.count_change() returns trigger
language plpgsql as $$
begin
  new.change := old.change + 1;
  return new;
end
$$;

create or replace trigger run_ended before update on sluice.run
for each row when (old.ended_at is distinct from new.ended_at) execute function sluice.count_change();
