"""Hidden checks and misconceptions of the topic `likelihood`."""
