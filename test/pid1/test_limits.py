"""The file limits: set in the service, and what cannot be set is said."""
import resource


def limit(name, soft, hard):
    return f"limit {getattr(resource, 'RLIMIT_' + name)}: {soft} {hard}\n"


def words(*names):
    return " ".join(f"limit {getattr(resource, 'RLIMIT_' + name)}" for name in names)


def test_limits_are_set(world):
    world.service("app", words("NOFILE", "CORE", "FSIZE") + " pause",
                  limits="# some\nnofile 100 200\n\ncore 0\nfsize 1M\n")
    world.script("app/check", "exec $SERV " + words("NOFILE"))
    world.service("other", words("CORE") + " out other-up pause")
    world.start()
    world.expect(limit("NOFILE", 100, 200), 2)
    world.expect(limit("CORE", 0, 0))
    world.expect(limit("FSIZE", 1 << 20, 1 << 20))
    world.expect("other-up")
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    assert limit("CORE", soft, hard).strip() in world.lines()


def test_wrong_line_forbids_the_start_until_mended(world):
    world.service("app", words("NOFILE") + " pause", limits="nofile many\n")
    world.service("other", "out other-up pause")
    world.start()
    world.expect("app: limits holds 'nofile many'; it must be")
    world.expect("other-up")
    world.expect("app: starts again in ")
    assert b"limit " not in world.output
    world.write("app/limits", "nofile 50\n")
    world.expect(limit("NOFILE", 50, 50))


def test_more_than_the_container_has_is_named(world):
    """In its user namespace init may not raise anything."""
    bound = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    world.service("app", "out up pause", limits=f"nofile {bound + 1}\n")
    world.start()
    world.expect(f"app: cannot raise nofile above {bound} (docker run --ulimit would, or CAP_SYS_RESOURCE): "
                 "Operation not permitted")
    world.expect("app: starts again in ")
    assert "up" not in world.lines()


def test_changed_file_counts_at_the_next_start(world):
    world.service("app", words("NOFILE") + " pause", limits="nofile 50\n")
    world.start()
    world.expect(limit("NOFILE", 50, 50))
    world.write("app/limits", "nofile 40\n")
    assert world.ask("term app") == ["ok"]
    world.expect(limit("NOFILE", 40, 40))
