drop table "public"."invoices";
