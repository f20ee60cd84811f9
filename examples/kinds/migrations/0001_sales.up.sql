create table "public"."sales" (
  "sale" text not null,
  "shop" text not null,
  "day" date not null,
  "cents" integer not null,
  "_load_id" bigint not null,
  constraint "sales_pkey" primary key ("sale")
);

create index "sales__load_id_idx" on "public"."sales" using brin ("_load_id") with (autosummarize = on);
