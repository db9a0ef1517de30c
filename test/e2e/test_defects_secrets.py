"""A token goes to the forge it is for, and nowhere else."""
import pytest

import asked

TOKEN = "ghp_S3cretOfTheTests0123456789abcdef"


def private(forge):
    forge.repository().private = True
    forge.tokens[TOKEN] = "read"


def kept_secret(box, forge):
    assert all("Authorization" not in request.headers for request in forge.requests if request.where == "storage")
    assert all(TOKEN not in request.target for request in forge.requests)
    assert TOKEN not in box.text()
    assert TOKEN not in box.moult("status", "--json").stdout + box.moult("history").stdout
    for path in box.state_dir.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_a_token_never_leaves_its_host(container, forge, publish):
    private(forge)
    publish("v1.1.0")
    box = container("v1.0.0", GH_TOKEN=TOKEN, VERBOSE=1)
    box.wait_version("1.1.0")
    box.wait_installed("v1.1.0")
    assert any(request.headers.get("Authorization", "").endswith(TOKEN) for request in forge.requests)
    kept_secret(box, forge)


def test_a_token_from_a_file(container, forge, publish, tmp_path):
    private(forge)
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    publish("v1.1.0")
    box = container("v1.0.0", GH_TOKEN_FILE=file)
    box.wait_version("1.1.0")
    kept_secret(box, forge)


def test_a_wrong_token(container, forge, publish):
    private(forge)
    publish("v1.1.0")
    box = container("v1.0.0", GH_TOKEN="wrong" + TOKEN)
    box.wait_version("1.0.0")
    box.wait_log("update.*(401|token|denied)")
    kept_secret(box, forge)


def test_the_jobs_have_no_secret_to_show(container, forge, publish):
    """Neither on their command line nor in their environment, where every process of that user can read it."""
    private(forge)
    publish("v1.1.0")
    forge.fault(asked.ARCHIVE, stall=100_000)
    box = container("v1.0.0", GH_TOKEN=TOKEN)
    forge.wait_request(asked.archive, done=False)
    jobs = {pid: line for pid, line in box.processes().items() if "moult-fetch" in line}
    assert jobs
    for pid, line in box.processes().items():
        assert TOKEN not in line
    for pid in jobs:
        assert TOKEN.encode() not in (box.inside("/proc") / str(pid) / "environ").read_bytes()


def test_the_app_is_not_given_what_is_for_the_updater(make_container, forge, publish):
    """Its service directory takes the variables away; every other one it has as they are."""
    private(forge)
    box = make_container("v1.0.0", GH_TOKEN=TOKEN, NOTIFY_URL=f"https://127.0.0.1:9/{TOKEN}", NOTIFY_TOKEN=TOKEN,
                         more={"run": "#!/bin/sh\necho \"given: $GH_USER ${GH_TOKEN-none} ${NOTIFY_URL-none} "
                                      "${NOTIFY_TOKEN-none}\"\nexec ./demo\n"})
    box.start()
    box.wait_version("1.0.0")
    assert box.find_log("given: octo none none none$")
    kept_secret(box, forge)


def test_a_redirect_to_another_host_gets_no_token(container, forge, publish):
    """Here it is the API that sends us away, with the same port of another name."""
    private(forge)
    publish("v1.1.0")
    elsewhere = forge.storage + "/steal"
    forge.fault(where="api", location=elsewhere, times=None)
    box = container("v1.0.0", GH_TOKEN=TOKEN)
    box.wait_version("1.0.0")
    forge.wait_request(asked.stored)
    kept_secret(box, forge)


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 503}, {"html": True}, {"truncate": 1000}, {"reset": -1},
                                   {"location": "https://169.254.169.254/x?sig=s3cret"}],
                         ids=lambda fault: " ".join(f"{k}" for k in fault))
def test_a_signed_address_is_never_shown(container, forge, publish, fault):
    """Whoever has the signed address of a private file has the file."""
    private(forge)
    publish("v1.1.0")
    forge.fault(where="storage", times=None, **fault)
    box = container("v1.0.0", GH_TOKEN=TOKEN, VERBOSE=1, SLEEP=86400)
    forge.wait_request(asked.stored)
    box.wait_log("update.*trying again in")
    told = box.text() + box.moult("status", "--json").stdout + box.moult("history").stdout
    assert "sig=" not in told and "s3cret" not in told
