drop table sluice_accounts.audit, sluice_accounts.ended_session, sluice_accounts.token, sluice_accounts.project_grant, sluice_accounts.app_user;
