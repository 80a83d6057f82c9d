CREATE TABLE accounts (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    held BIGINT NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (account_id)
);

CREATE TABLE access_keys (
    access_key_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    skew INTEGER,
    skew_local INTEGER,
    upstream_access_key_id TEXT,
    upstream_secret TEXT,
    CONSTRAINT pk_access_keys PRIMARY KEY (access_key_id),
    CONSTRAINT fk_access_keys_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_access_keys_account_id ON access_keys (account_id);

CREATE TABLE ledger (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT,
    created_at BIGINT NOT NULL,
    available BIGINT NOT NULL,
    held BIGINT NOT NULL,
    workers BIGINT NOT NULL,
    fees BIGINT NOT NULL,
    deposits BIGINT NOT NULL,
    CONSTRAINT pk_ledger PRIMARY KEY (seq),
    CONSTRAINT ck_ledger_balanced CHECK (available + held + workers + fees + deposits = 0),
    CONSTRAINT fk_ledger_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_ledger_account_id_seq ON ledger (account_id, seq);
CREATE INDEX ix_ledger_subject_id ON ledger (subject_id);

CREATE TABLE events (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    hit_type_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    assignment_id TEXT,
    specification TEXT,
    happened_at BIGINT NOT NULL,
    delivered_at BIGINT,
    CONSTRAINT pk_events PRIMARY KEY (seq),
    CONSTRAINT fk_events_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_events_hit_id_seq ON events (hit_id, seq);
CREATE INDEX ix_events_undelivered ON events (seq) WHERE delivered_at IS NULL;

CREATE TABLE hit_types (
    seq {serial} NOT NULL,
    hit_type_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    hit_group_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    keywords TEXT,
    reward BIGINT NOT NULL,
    assignment_duration BIGINT NOT NULL,
    auto_approval_delay BIGINT NOT NULL,
    requirements TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    CONSTRAINT pk_hit_types PRIMARY KEY (seq),
    CONSTRAINT fk_hit_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT uq_hit_types_account_id_identity UNIQUE (account_id, identity),
    CONSTRAINT uq_hit_types_hit_group_id UNIQUE (hit_group_id),
    CONSTRAINT uq_hit_types_hit_type_id UNIQUE (hit_type_id)
);

CREATE TABLE idempotency (
    account_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (account_id, operation, token),
    CONSTRAINT fk_idempotency_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);

CREATE TABLE layouts (
    seq {serial} NOT NULL,
    layout_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_layouts PRIMARY KEY (seq),
    CONSTRAINT fk_layouts_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT uq_layouts_layout_id UNIQUE (layout_id)
);
CREATE INDEX ix_layouts_account_id_seq ON layouts (account_id, seq);

CREATE TABLE timers (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    CONSTRAINT pk_timers PRIMARY KEY (seq),
    CONSTRAINT fk_timers_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT uq_timers_kind_subject_id UNIQUE (kind, subject_id)
);
CREATE INDEX ix_timers_account_id_due_at_seq ON timers (account_id, due_at, seq);
CREATE INDEX ix_timers_due_at ON timers (due_at);

CREATE TABLE hit_type_requirements (
    hit_type_id TEXT NOT NULL,
    qualification_type_id TEXT NOT NULL,
    CONSTRAINT pk_hit_type_requirements PRIMARY KEY (hit_type_id, qualification_type_id),
    CONSTRAINT fk_hit_type_requirements_hit_type_id FOREIGN KEY(hit_type_id) REFERENCES hit_types (hit_type_id)
);
CREATE INDEX ix_hit_type_requirements_qualification_type_id_hit_type_id ON hit_type_requirements (qualification_type_id, hit_type_id);

CREATE TABLE hits (
    seq {serial} NOT NULL,
    hit_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    hit_type_id TEXT NOT NULL,
    question TEXT NOT NULL,
    hit_layout_id TEXT,
    annotation TEXT,
    max_assignments BIGINT NOT NULL,
    created_with BIGINT NOT NULL,
    reward BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    status TEXT NOT NULL,
    review_status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    expired_at BIGINT,
    reviewable_at BIGINT,
    disposed_at BIGINT,
    accepted BIGINT NOT NULL,
    submitted BIGINT NOT NULL,
    approved BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    assignment_review_policy TEXT,
    hit_review_policy TEXT,
    CONSTRAINT pk_hits PRIMARY KEY (seq),
    CONSTRAINT fk_hits_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_hits_hit_type_id FOREIGN KEY(hit_type_id) REFERENCES hit_types (hit_type_id),
    CONSTRAINT uq_hits_hit_id UNIQUE (hit_id)
);
CREATE INDEX ix_hits_account_id_status_seq ON hits (account_id, status, seq);
CREATE INDEX ix_hits_hit_type_id_status_seq ON hits (hit_type_id, status, seq);
CREATE INDEX ix_hits_listed ON hits (account_id, seq) WHERE disposed_at IS NULL;
CREATE INDEX ix_hits_listed_by_type ON hits (hit_type_id, seq) WHERE disposed_at IS NULL;
CREATE INDEX ix_hits_status_seq ON hits (status, seq);

CREATE TABLE notification_settings (
    hit_type_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    destination TEXT,
    transport TEXT,
    version TEXT,
    event_types TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT pk_notification_settings PRIMARY KEY (hit_type_id),
    CONSTRAINT fk_notification_settings_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_notification_settings_hit_type_id FOREIGN KEY(hit_type_id) REFERENCES hit_types (hit_type_id)
);

CREATE TABLE assignments (
    seq {serial} NOT NULL,
    assignment_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    status TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    submitted_at BIGINT,
    auto_approval_at BIGINT,
    approved_at BIGINT,
    rejected_at BIGINT,
    released_at BIGINT,
    answer TEXT,
    feedback TEXT,
    CONSTRAINT pk_assignments PRIMARY KEY (seq),
    CONSTRAINT fk_assignments_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_assignments_hit_id FOREIGN KEY(hit_id) REFERENCES hits (hit_id),
    CONSTRAINT uq_assignments_assignment_id UNIQUE (assignment_id)
);
CREATE INDEX ix_assignments_account_id_worker_id ON assignments (account_id, worker_id);
CREATE INDEX ix_assignments_hit_id_seq ON assignments (hit_id, seq);
CREATE INDEX ix_assignments_hit_id_status_seq ON assignments (hit_id, status, seq);
CREATE INDEX ix_assignments_worker_id_seq ON assignments (worker_id, seq);
CREATE UNIQUE INDEX uq_assignments_active ON assignments (hit_id, worker_id) WHERE released_at IS NULL;

CREATE TABLE review_actions (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    level TEXT NOT NULL,
    action_id TEXT NOT NULL,
    action_name TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_type TEXT NOT NULL,
    status TEXT NOT NULL,
    completed_at BIGINT,
    result TEXT,
    error_code TEXT,
    CONSTRAINT pk_review_actions PRIMARY KEY (seq),
    CONSTRAINT fk_review_actions_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_review_actions_hit_id FOREIGN KEY(hit_id) REFERENCES hits (hit_id),
    CONSTRAINT uq_review_actions_action_id UNIQUE (action_id)
);
CREATE INDEX ix_review_actions_hit_id_level_seq ON review_actions (hit_id, level, seq);

CREATE TABLE review_results (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    level TEXT NOT NULL,
    action_id TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    question_id TEXT,
    "key" TEXT NOT NULL,
    value TEXT,
    CONSTRAINT pk_review_results PRIMARY KEY (seq),
    CONSTRAINT fk_review_results_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_review_results_hit_id FOREIGN KEY(hit_id) REFERENCES hits (hit_id)
);
CREATE INDEX ix_review_results_hit_id_level_seq ON review_results (hit_id, level, seq);

CREATE TABLE bonuses (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    assignment_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    reason TEXT,
    granted_at BIGINT NOT NULL,
    CONSTRAINT pk_bonuses PRIMARY KEY (seq),
    CONSTRAINT fk_bonuses_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_bonuses_assignment_id FOREIGN KEY(assignment_id) REFERENCES assignments (assignment_id)
);
CREATE INDEX ix_bonuses_assignment_id_seq ON bonuses (assignment_id, seq);
CREATE INDEX ix_bonuses_hit_id_seq ON bonuses (hit_id, seq);

CREATE TABLE uploads (
    seq {serial} NOT NULL,
    upload_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    assignment_id TEXT NOT NULL,
    question_identifier TEXT NOT NULL,
    file_name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    location TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_uploads PRIMARY KEY (seq),
    CONSTRAINT fk_uploads_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_uploads_assignment_id FOREIGN KEY(assignment_id) REFERENCES assignments (assignment_id),
    CONSTRAINT uq_uploads_assignment_id_question_identifier UNIQUE (assignment_id, question_identifier),
    CONSTRAINT uq_uploads_upload_id UNIQUE (upload_id)
);

CREATE TABLE workers (
    worker_id TEXT NOT NULL,
    name TEXT,
    country TEXT,
    subdivision TEXT,
    adult BOOLEAN NOT NULL,
    masters BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_workers PRIMARY KEY (worker_id)
);

CREATE TABLE qualification_types (
    seq {serial} NOT NULL,
    qualification_type_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    keywords TEXT,
    searchable TEXT NOT NULL,
    status TEXT NOT NULL,
    test TEXT,
    test_duration BIGINT,
    answer_key TEXT,
    retry_delay BIGINT,
    auto_granted BOOLEAN NOT NULL,
    auto_granted_value BIGINT,
    is_requestable BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    CONSTRAINT pk_qualification_types PRIMARY KEY (seq),
    CONSTRAINT fk_qualification_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT uq_qualification_types_qualification_type_id UNIQUE (qualification_type_id)
);
CREATE INDEX ix_qualification_types_listed ON qualification_types (account_id, seq) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX uq_qualification_types_name ON qualification_types (account_id, name) WHERE deleted_at IS NULL;

CREATE TABLE worker_blocks (
    seq {serial} NOT NULL {worker_blocks_key},
    account_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT fk_worker_blocks_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT uq_worker_blocks_account_id_worker_id UNIQUE (account_id, worker_id)
);
CREATE INDEX ix_worker_blocks_account_id_seq ON worker_blocks (account_id, seq);

CREATE TABLE worker_counters (
    worker_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    submitted BIGINT NOT NULL,
    approved BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    CONSTRAINT pk_worker_counters PRIMARY KEY (worker_id, account_id),
    CONSTRAINT fk_worker_counters_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);

CREATE TABLE worker_messages (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    CONSTRAINT pk_worker_messages PRIMARY KEY (seq),
    CONSTRAINT fk_worker_messages_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id)
);
CREATE INDEX ix_worker_messages_worker_id_seq ON worker_messages (worker_id, seq);

CREATE TABLE qualification_requests (
    seq {serial} NOT NULL,
    qualification_request_id TEXT NOT NULL,
    qualification_type_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    status TEXT NOT NULL,
    test TEXT,
    answer TEXT,
    requested_at BIGINT NOT NULL,
    due_at BIGINT,
    submitted_at BIGINT,
    decided_at BIGINT,
    reason TEXT,
    CONSTRAINT pk_qualification_requests PRIMARY KEY (seq),
    CONSTRAINT fk_qualification_requests_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_qualification_requests_qualification_type_id FOREIGN KEY(qualification_type_id) REFERENCES qualification_types (qualification_type_id),
    CONSTRAINT uq_qualification_requests_qualification_request_id UNIQUE (qualification_request_id)
);
CREATE INDEX ix_qualification_requests_account_id_status_seq ON qualification_requests (account_id, status, seq);
CREATE INDEX ix_qualification_requests_qualification_type_id_status_seq ON qualification_requests (qualification_type_id, status, seq);
CREATE INDEX ix_qualification_requests_worker_id_qualification_type_id_seq ON qualification_requests (worker_id, qualification_type_id, seq);

CREATE TABLE qualifications (
    seq {serial} NOT NULL,
    qualification_type_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    value BIGINT NOT NULL,
    status TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    revoked_at BIGINT,
    reason TEXT,
    CONSTRAINT pk_qualifications PRIMARY KEY (seq),
    CONSTRAINT fk_qualifications_account_id FOREIGN KEY(account_id) REFERENCES accounts (account_id),
    CONSTRAINT fk_qualifications_qualification_type_id FOREIGN KEY(qualification_type_id) REFERENCES qualification_types (qualification_type_id),
    CONSTRAINT uq_qualifications_qualification_type_id_worker_id UNIQUE (qualification_type_id, worker_id)
);
CREATE INDEX ix_qualifications_qualification_type_id_status_seq ON qualifications (qualification_type_id, status, seq);
CREATE INDEX ix_qualifications_worker_id_seq ON qualifications (worker_id, seq);

CREATE TABLE disabled_hits (
    account_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    next_at BIGINT,
    tries INTEGER NOT NULL,
    last_error TEXT,
    disabled_at BIGINT NOT NULL,
    CONSTRAINT pk_disabled_hits PRIMARY KEY (account_id, hit_id)
);
CREATE INDEX disabled_hits_due ON disabled_hits (next_at);

CREATE TABLE journal (
    account_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    call_id TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    result TEXT,
    written_at BIGINT NOT NULL,
    CONSTRAINT pk_journal PRIMARY KEY (account_id, operation, token)
);
CREATE INDEX journal_by_age ON journal (written_at);
CREATE INDEX journal_unfinished ON journal (operation, written_at) WHERE result IS NULL;

CREATE TABLE legacy_notifications (
    account_id TEXT NOT NULL,
    hit_type_id TEXT NOT NULL,
    version TEXT NOT NULL,
    transport TEXT NOT NULL,
    destination TEXT NOT NULL,
    message_version TEXT NOT NULL,
    event_types TEXT NOT NULL,
    active INTEGER NOT NULL,
    access_key_id TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    CONSTRAINT pk_legacy_notifications PRIMARY KEY (account_id, hit_type_id)
);

CREATE TABLE statistic_facts (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    hit_id TEXT,
    worker_id TEXT,
    number BIGINT NOT NULL,
    cents BIGINT,
    fee BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_statistic_facts PRIMARY KEY (seq)
);
CREATE INDEX statistic_facts_by_time ON statistic_facts (account_id, kind, at);
CREATE UNIQUE INDEX statistic_facts_once ON statistic_facts (account_id, kind, subject_id);
CREATE INDEX statistic_facts_open ON statistic_facts (account_id, seq) WHERE cents IS NULL;

CREATE TABLE worker_accounts (
    worker_id TEXT NOT NULL,
    sign_in_name TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT pk_worker_accounts PRIMARY KEY (worker_id),
    CONSTRAINT fk_worker_accounts_worker_id FOREIGN KEY(worker_id) REFERENCES workers (worker_id),
    CONSTRAINT uq_worker_accounts_sign_in_name UNIQUE (sign_in_name)
);

CREATE TABLE worker_attempts (
    subject TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    CONSTRAINT pk_worker_attempts PRIMARY KEY (subject)
);
CREATE INDEX ix_worker_attempts_until_at ON worker_attempts (until_at);

CREATE TABLE worker_sessions (
    token_hash TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pk_worker_sessions PRIMARY KEY (token_hash),
    CONSTRAINT fk_worker_sessions_worker_id FOREIGN KEY(worker_id) REFERENCES workers (worker_id)
);
CREATE INDEX ix_worker_sessions_expires_at ON worker_sessions (expires_at);
CREATE INDEX ix_worker_sessions_worker_id ON worker_sessions (worker_id);
CREATE INDEX ix_hits_open ON hits (hit_type_id, seq) WHERE status = 'Assignable';
CREATE INDEX ix_assignments_in_hand ON assignments (worker_id, seq) WHERE status = 'Accepted';

CREATE TABLE statistic_accounts (
    account_id TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    CONSTRAINT pk_statistic_accounts PRIMARY KEY (account_id)
);

CREATE TABLE statistic_hits (
    account_id TEXT NOT NULL,
    hit_id TEXT NOT NULL,
    policies INTEGER,
    reviewed TEXT,
    listed TEXT,
    opened TEXT,
    released BIGINT NOT NULL,
    fact BIGINT NOT NULL,
    version BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    CONSTRAINT pk_statistic_hits PRIMARY KEY (account_id, hit_id)
);
CREATE INDEX statistic_hits_opened ON statistic_hits (account_id, looked_at) WHERE opened IS NOT NULL;
CREATE INDEX statistic_facts_by_hit ON statistic_facts (account_id, hit_id, kind);

CREATE TABLE deliveries (
    seq {serial} NOT NULL,
    account_id TEXT NOT NULL,
    hit_type_id TEXT NOT NULL,
    transport TEXT NOT NULL,
    destination TEXT NOT NULL,
    version TEXT NOT NULL,
    access_key_id TEXT,
    events TEXT NOT NULL,
    document_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    error TEXT,
    CONSTRAINT pk_deliveries PRIMARY KEY (seq)
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_state ON deliveries (state, changed_at);

CREATE TABLE notification_inbox (
    document_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    CONSTRAINT pk_notification_inbox PRIMARY KEY (document_id)
);
CREATE INDEX notification_inbox_by_age ON notification_inbox (received_at);
CREATE INDEX legacy_notifications_by_type ON legacy_notifications (hit_type_id);

CREATE TABLE snapshots (
    snapshot_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    listing TEXT NOT NULL,
    since BIGINT NOT NULL,
    total INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    took BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    positions {bytes} NOT NULL,
    subjects {bytes} NOT NULL,
    CONSTRAINT pk_snapshots PRIMARY KEY (snapshot_id)
);
CREATE INDEX snapshots_by_listing ON snapshots (account_id, listing, made_at);
CREATE INDEX snapshots_by_use ON snapshots (used_at);

CREATE TABLE snapshot_rows (
    snapshot_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    seen BIGINT NOT NULL,
    body {bytes} NOT NULL,
    CONSTRAINT pk_snapshot_rows PRIMARY KEY (snapshot_id, position)
);

CREATE TABLE snapshot_builders (
    account_id TEXT NOT NULL,
    listing TEXT NOT NULL,
    snapshot_id TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    CONSTRAINT pk_snapshot_builders PRIMARY KEY (account_id, listing)
);

CREATE TABLE snapshot_walks (
    account_id TEXT NOT NULL,
    listing TEXT NOT NULL,
    walker TEXT NOT NULL,
    caller TEXT NOT NULL,
    snapshot_id TEXT NOT NULL,
    total INTEGER NOT NULL,
    page INTEGER NOT NULL,
    begun_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    positions {bytes},
    CONSTRAINT pk_snapshot_walks PRIMARY KEY (account_id, listing, walker, caller)
);
CREATE INDEX snapshot_walks_by_snapshot ON snapshot_walks (snapshot_id);
CREATE INDEX snapshot_walks_by_use ON snapshot_walks (used_at);

CREATE TABLE own_writes (
    seq {serial} NOT NULL {own_writes_key},
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX own_writes_of_account ON own_writes (account_id, seq);
CREATE INDEX own_writes_by_subject ON own_writes (account_id, kind, subject, seq);
CREATE INDEX ix_bonuses_worker_id_seq ON bonuses (worker_id, seq);
CREATE INDEX ix_qualification_requests_worker_id_seq ON qualification_requests (worker_id, seq);
CREATE INDEX ix_hits_by_reward ON hits (account_id, reward, seq) WHERE disposed_at IS NULL;
CREATE INDEX ix_hits_by_expiration ON hits (account_id, expires_at, seq) WHERE disposed_at IS NULL;
CREATE INDEX ix_hits_by_status_and_expiration ON hits (account_id, status, expires_at, seq);
