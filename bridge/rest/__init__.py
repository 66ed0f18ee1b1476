"""The REST interface: one table of operations, from which the routes and the OpenAPI document are made."""
