"""The gateway: the requester API of 2005 to 2014, answered by calls of the 2017-01-17 API."""
