drop table sluice.app_user;
