"""What runs the services: opening an installation, worker loop, supervisor, health, logs, metrics, the embedded server."""
