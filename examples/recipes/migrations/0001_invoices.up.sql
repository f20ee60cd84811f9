create table "public"."invoices" (
  "id" text not null,
  "customer" text not null,
  "total" numeric(12,2) not null,
  "changed_at" timestamp with time zone not null,
  "_load_id" bigint not null,
  constraint "invoices_pkey" primary key ("id")
);

create index "invoices__load_id_idx" on "public"."invoices" using brin ("_load_id") with (autosummarize = on);
