"""The contract as agencies read it: schemas, OpenAPI, AsyncAPI, and a page for each event.

All of it is generated from ``events`` by ``python -m services.contract`` and committed; a test refuses what differs.
"""
