create table "public"."orders" (
  "id" integer not null,
  "customer" text not null,
  "total" numeric(12,2) not null,
  "ordered_at" timestamp with time zone not null,
  "_load_id" bigint not null,
  constraint "orders_pkey" primary key ("id")
);

create index "orders__load_id_idx" on "public"."orders" using brin ("_load_id") with (autosummarize = on);
