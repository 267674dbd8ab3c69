"""The means by which an account is opened: password with a second proof, passkey, recovery codes."""
