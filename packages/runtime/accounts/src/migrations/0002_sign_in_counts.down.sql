drop table sluice_accounts.sign_in_count;
