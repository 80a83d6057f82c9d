"""The 2017-01-17 service as a WSGI application: signatures, validation by the API model, JSON."""
