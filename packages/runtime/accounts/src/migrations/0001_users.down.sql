drop table sluice_accounts.ended_session, sluice_accounts.app_user;
