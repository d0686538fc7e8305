"""What runs the services.

Opening an installation, worker loop, supervisor, health, logs, metrics, the embedded server.
"""
