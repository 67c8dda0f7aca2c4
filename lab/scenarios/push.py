"""The ledger pushes what changes, and the daemon goes on when what pushes, or what it asks, breaks or lies."""

from lab.liar import Laggard, liar
from lab.nodes import DEVICE_CODE, UP, Network
from lab.relay import relay
from lab.scenario import scenario
from lab.topology import NODE_ADDRESS
from lab.wait import until, until_equal

# So rare that only a push can tell of anything.
NO_POLLS = ("-reconciler-poll-interval", "86400")
PUSHED = "ledger pushes changes"
LOST = "ledger does not push changes"


def url(port: int, scheme: str = "http") -> str:
    return f"{scheme}://{NODE_ADDRESS}:{port}"


def times(net: Network, text: str) -> int:
    return net.client.daemon.output().count(text)


def admit(net: Network) -> None:
    """Everything but the user: the daemon is on and follows the ledger."""
    net.node.admit(net.client)
    net.client.ask("/enable", "POST")
    net.client.daemon.expect_line(PUSHED, 30)


def create_user(net: Network) -> None:
    """By a transaction of our own: nobody tells the daemon but the ledger."""
    net.node.ledger.create_user(net.client.key, net.device.account, net.client.host.underlay)


def delete_user(net: Network) -> None:
    net.client.doublezero("user", "delete", "--pubkey", net.client.doublezero_json("user", "list")[0]["account"])


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def push_reaches_the_kernel(lab):
    """With polls a day apart, a user's tunnel comes and goes with the transactions."""
    net = Network(lab, *NO_POLLS)
    admit(net)
    create_user(net)
    net.client.wait_up()
    delete_user(net)
    net.client.wait_down()
    assert net.client.problems() == [], net.client.problems()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def push_connection_cut(lab):
    """What changes while the push connection is down is there once it is back, without a poll."""
    with relay(lab, 8910) as wire:
        net = Network(lab, *NO_POLLS, "-solana-ws-endpoint", url(8910, "ws"))
        admit(net)
        wire.cut()
        net.client.daemon.expect_line(LOST, 30)
        create_user(net)
        assert not net.client.link(), "the tunnel came while nothing could tell of it"
        wire.restore()
        until(lambda: times(net, PUSHED) >= 2, 90, "a second push connection")
        net.client.wait_up()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def push_refused(lab):
    """A ledger without subscriptions is polled, and the tunnel comes as before."""
    lab.network  # the management network must be there before anybody listens on it
    with liar("broken", 8911):
        net = Network(lab, "-solana-ws-endpoint", url(8911, "ws"))
        net.join()
        assert times(net, PUSHED) == 0
        assert net.client.problems() == [], net.client.problems()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=150)
def endpoint_failover(lab):
    """One of two endpoints dies, then the other: the tunnel stays, changes still arrive, and nobody is alarmed."""
    with relay(lab, 8911) as first, relay(lab, 8912) as second:
        net = Network(lab, "-solana-rpc-endpoint", f"{url(8911)},{url(8912)}", "-solana-ws-endpoint", "none")
        net.join()
        assert second.accepted == 0, "the second endpoint was asked though the first was well"
        first.cut()
        until(lambda: second.accepted > 0, 30, "the second endpoint to be asked")
        assert net.client.session() == UP
        assert net.client.problems() == [], net.client.problems()
        delete_user(net)
        net.client.wait_down(30)
        first.restore()
        second.cut()
        create_user(net)
        net.client.wait_up(60)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def endpoint_lies(lab):
    """A preferred endpoint that has lost the network changes nothing, as long as another one tells the truth."""
    lab.network  # the management network must be there before anybody listens on it
    with liar("empty", 8911) as lies:
        net = Network(lab, "-solana-rpc-endpoint", f"{url(8911)},{url(8899)}")
        net.join()
        asked = lies.asked
        until(lambda: lies.asked > asked, 60, "the liar to be asked again")
        assert net.client.session() == UP
        assert net.client.problems() == [], net.client.problems()


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def endpoint_lags(lab):
    """An endpoint that goes back to before our user, and stays there, takes no tunnel down; the status says so."""
    lab.network  # the management network must be there before anybody listens on it
    lag = Laggard(url(8899))
    with liar(lag, 8911) as served:
        net = Network(lab, "-solana-rpc-endpoint", url(8911), "-solana-ws-endpoint", "none")
        net.node.admit(net.client)
        net.client.ask("/enable", "POST")
        until(lambda: served.asked >= 4, 30, "the endpoint to have been asked")
        before = lag.memory()
        net.client.doublezero("connect", "ibrl", "--device", DEVICE_CODE)
        net.client.wait_up()
        lag.freeze(before)
        asked = served.asked
        until(lambda: served.asked > asked + 8, 60, "the laggard to be asked")
        assert net.client.session() == UP
        assert net.client.problems(), "nobody is told that the ledger's answers are old"
        lag.thaw()
        until_equal(net.client.problems, [], 30, "the problems after the endpoint has caught up")


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def endpoints_must_agree(lab):
    """With -solana-rpc-agreement one endpoint alone builds no tunnel; two that agree do."""
    with relay(lab, 8911), relay(lab, 8912) as second:
        net = Network(lab, "-solana-rpc-endpoint", f"{url(8911)},{url(8912)}", "-solana-rpc-agreement")
        second.cut()
        admit(net)
        create_user(net)
        until(lambda: net.client.complains_of("which is to confirm"), 30, "the lack of a second opinion in the status")
        assert not net.client.link(), "a tunnel was built on the word of one endpoint"
        second.restore()
        net.client.wait_up(60)


@scenario(needs="gre", programs=Network.PROGRAMS, limit=120)
def ledger_dead_at_restart(lab):
    """A daemon that restarts while the ledger is dead builds its tunnel from what was said last, and says how old that is."""
    net = Network(lab)
    net.join()
    assert net.client.daemon.stop() == 0
    net.client.wait_down()
    net.node.process.kill()
    net.client.start_daemon()
    net.client.wait_up(60)
    assert net.client.complains_of("cannot be read")
    status = net.client.ask("/v2/status")
    assert status["services"][0]["data_age_seconds"] >= 0, status
    net.node.start()
    until_equal(net.client.problems, [], 30, "the problems after the ledger's return")
    net.client.wait_up()
