alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'upsert', 'full', 'retain'));

alter table public.sluice_loads add column rows_deleted bigint not null default 0;

comment on column public.sluice_loads.rows_deleted is 'Rows that a retention deleted; 0 for everything else.';

alter table public.sluice_loads add column deleted_before text;

comment on column public.sluice_loads.deleted_before is 'Of a retention: rows before this instant or day are kept no longer, and a load leaves them out.';
