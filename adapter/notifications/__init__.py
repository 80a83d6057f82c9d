"""Notifications out: what happened to HITs is told to the receptors, mailboxes, queues and topics that requesters named."""
