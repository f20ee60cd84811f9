drop index sluice.run_unmirrored;
drop trigger run_ended on sluice.run;
drop function sluice.count_change();
alter table sluice.run drop column mirrored, drop column change;
