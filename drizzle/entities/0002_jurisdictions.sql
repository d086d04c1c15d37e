-- The jurisdictions a zone starts with: the worked example's, as data. An operator adds others with
-- further rows; of the forms of one kind the first is the usual one. Minimums follow the companies
-- acts as published in 2025 and are to be checked against the law in force.
INSERT INTO entities.jurisdictions
  (id, name, country, parent_id, currency, registration_prefix, registration_digits, local_forms)
VALUES
  ('AE', 'United Arab Emirates', 'AE', NULL, 'AED', 'UAE', 8, '[
    {"code": "MAINLAND_LLC", "name": "Limited liability company", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "PJSC", "name": "Public joint-stock company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "PRJSC", "name": "Private joint-stock company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "AE_BRANCH", "name": "Branch of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1},
    {"code": "SOLE_ESTABLISHMENT", "name": "Sole establishment", "entityType": "SOLE_PROPRIETORSHIP", "directorsMinimum": 1}
  ]'),
  ('AE-DIFC', 'Dubai International Financial Centre', 'AE', 'AE', 'USD', 'CL', 6, '[
    {"code": "PRIVATE_COMPANY", "name": "Private company limited by shares", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "PUBLIC_COMPANY", "name": "Public company limited by shares", "entityType": "CORPORATION", "directorsMinimum": 2},
    {"code": "DIFC_FOUNDATION", "name": "Foundation", "entityType": "FOUNDATION", "directorsMinimum": 2},
    {"code": "DIFC_LLP", "name": "Limited liability partnership", "entityType": "LLP", "directorsMinimum": 2},
    {"code": "DIFC_LP", "name": "Limited partnership", "entityType": "LP", "directorsMinimum": 1},
    {"code": "GENERAL_PARTNERSHIP", "name": "General partnership", "entityType": "PARTNERSHIP", "directorsMinimum": 2},
    {"code": "RECOGNISED_COMPANY", "name": "Recognised branch of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1}
  ]'),
  ('CN', 'China', 'CN', NULL, 'CNY', 'CN', 9, '[
    {"code": "CN_LLC", "name": "Limited liability company", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "JOINT_STOCK", "name": "Joint-stock limited company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "CN_PARTNERSHIP", "name": "General partnership enterprise", "entityType": "PARTNERSHIP", "directorsMinimum": 2},
    {"code": "CN_LP", "name": "Limited partnership enterprise", "entityType": "LP", "directorsMinimum": 1},
    {"code": "REPRESENTATIVE_OFFICE", "name": "Representative office of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1},
    {"code": "INDIVIDUAL_BUSINESS", "name": "Individual business", "entityType": "SOLE_PROPRIETORSHIP", "directorsMinimum": 1}
  ]'),
  ('PK', 'Pakistan', 'PK', NULL, 'PKR', 'SECP', 7, '[
    {"code": "PRIVATE_LIMITED", "name": "Private limited company", "entityType": "LLC", "directorsMinimum": 2},
    {"code": "SMC_PVT", "name": "Single-member private company", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "PUBLIC_UNLISTED", "name": "Public unlisted company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "PUBLIC_LISTED", "name": "Public listed company", "entityType": "CORPORATION", "directorsMinimum": 7},
    {"code": "GUARANTEE", "name": "Company limited by guarantee", "entityType": "CORPORATION", "directorsMinimum": 2},
    {"code": "UNLIMITED", "name": "Unlimited company", "entityType": "CORPORATION", "directorsMinimum": 2},
    {"code": "SECTION_42_NPO", "name": "Not-for-profit association", "entityType": "FOUNDATION", "directorsMinimum": 3},
    {"code": "LLP", "name": "Limited liability partnership", "entityType": "LLP", "directorsMinimum": 2},
    {"code": "REGISTERED_FIRM", "name": "Registered partnership firm", "entityType": "PARTNERSHIP", "directorsMinimum": 2},
    {"code": "REGISTERED_TRUST", "name": "Registered trust", "entityType": "TRUST", "directorsMinimum": 1},
    {"code": "FOREIGN_BRANCH", "name": "Branch of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1},
    {"code": "PROPRIETORSHIP", "name": "Sole proprietorship", "entityType": "SOLE_PROPRIETORSHIP", "directorsMinimum": 1}
  ]'),
  ('PK-RSEZ', 'Rashakai Special Economic Zone', 'PK', 'PK', 'PKR', 'RSEZ', 7, '[
    {"code": "PRIVATE_LIMITED", "name": "Private limited company", "entityType": "LLC", "directorsMinimum": 2},
    {"code": "SMC_PVT", "name": "Single-member private company", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "PUBLIC_UNLISTED", "name": "Public unlisted company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "PUBLIC_LISTED", "name": "Public listed company", "entityType": "CORPORATION", "directorsMinimum": 7},
    {"code": "SECTION_42_NPO", "name": "Not-for-profit association", "entityType": "FOUNDATION", "directorsMinimum": 3},
    {"code": "LLP", "name": "Limited liability partnership", "entityType": "LLP", "directorsMinimum": 2},
    {"code": "REGISTERED_FIRM", "name": "Registered partnership firm", "entityType": "PARTNERSHIP", "directorsMinimum": 2},
    {"code": "REGISTERED_TRUST", "name": "Registered trust", "entityType": "TRUST", "directorsMinimum": 1},
    {"code": "FOREIGN_BRANCH", "name": "Branch of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1},
    {"code": "PROPRIETORSHIP", "name": "Sole proprietorship", "entityType": "SOLE_PROPRIETORSHIP", "directorsMinimum": 1},
    {"code": "LIMITED_PARTNERSHIP", "name": "Limited partnership", "entityType": "LP", "directorsMinimum": 1},
    {"code": "DAO_LLC", "name": "Decentralized autonomous organization", "entityType": "DAO", "directorsMinimum": 1}
  ]'),
  ('SA', 'Saudi Arabia', 'SA', NULL, 'SAR', 'CR', 10, '[
    {"code": "SA_LLC", "name": "Limited liability company", "entityType": "LLC", "directorsMinimum": 1},
    {"code": "JSC", "name": "Joint-stock company", "entityType": "CORPORATION", "directorsMinimum": 3},
    {"code": "SJSC", "name": "Simplified joint-stock company", "entityType": "CORPORATION", "directorsMinimum": 1},
    {"code": "SA_PARTNERSHIP", "name": "General partnership", "entityType": "PARTNERSHIP", "directorsMinimum": 2},
    {"code": "SA_BRANCH", "name": "Branch of a foreign company", "entityType": "BRANCH", "directorsMinimum": 1},
    {"code": "SA_ESTABLISHMENT", "name": "Sole establishment", "entityType": "SOLE_PROPRIETORSHIP", "directorsMinimum": 1}
  ]');
