import boto3
import pytest

from tests.aws import aws_over_http, be_nobody


@pytest.fixture(scope="module")
def endpoint():
    """An S3 over HTTP."""
    with aws_over_http() as url:
        yield url


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path_factory):
    """Credentials of nobody, and no configuration of whoever runs the tests."""
    be_nobody(monkeypatch, tmp_path_factory.getbasetemp() / "no-aws-configuration")


@pytest.fixture
def s3(endpoint):
    return boto3.client("s3", endpoint_url=endpoint)


@pytest.fixture
def bucket(s3, request):
    """An empty bucket of the test's own."""
    name = f"b{abs(hash(request.node.nodeid))}"
    s3.create_bucket(Bucket=name)
    return name
