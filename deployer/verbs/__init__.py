"""What each verb does, from options to an exit code; `app` is the composition root."""
