import boto3
import pytest

from tests.aws import aws_over_http, be_nobody


@pytest.fixture(scope="module")
def endpoint():
    """AWS over HTTP."""
    with aws_over_http() as url:
        yield url


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path_factory):
    """Credentials of nobody, and no configuration of whoever runs the tests."""
    be_nobody(monkeypatch, tmp_path_factory.getbasetemp() / "no-aws-configuration")


@pytest.fixture
def client(endpoint):
    """Makes a client of a service there."""
    return lambda service, region="us-east-1": boto3.client(service, endpoint_url=endpoint, region_name=region)


@pytest.fixture
def name(request):
    """A name of the test's own."""
    return f"n{abs(hash(request.node.nodeid))}"
