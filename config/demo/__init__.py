"""The demo: fifteen referrals told over HTTP until their loops are closed, and shown."""
