"""The exercises of lesson 07: small services, run for real and spoken to over HTTP."""
