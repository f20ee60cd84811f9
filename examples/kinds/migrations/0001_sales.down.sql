drop table "public"."sales";
