drop table "public"."orders";
