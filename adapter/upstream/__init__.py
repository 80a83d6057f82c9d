"""The way to the 2017-01-17 service: a boto3 client per access key, and where it leads."""
