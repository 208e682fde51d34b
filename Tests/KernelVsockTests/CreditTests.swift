import TestSupport
import Testing

@testable import KernelVsock

/// A credit that is looked at in the midst of expectations.
private final class Credit {
    private var value: VsockCredit

    init(buffer: UInt32) { value = VsockCredit(buffer: buffer) }

    var room: Int { value.room }
    var waiting: Int { value.waiting }
    func send(_ count: Int) { value.send(count) }
    func told(buffer: UInt32, forwarded: UInt32) { value.told(buffer: buffer, forwarded: forwarded) }
    func receive(_ count: UInt32) -> Bool { value.receive(count) }
    func forward(_ count: Int) { value.forward(count) }
    func resize(to size: UInt32) { value.resize(to: size) }
    func tell() -> (buffer: UInt32, forwarded: UInt32) { value.tell() }
    func isUpdateDue(least: Int) -> Bool { value.isUpdateDue(least: least) }
}

@Suite(.serialized, .inTurn)
struct CreditTests {
    /// 5.10.6.3: more than 2^32 bytes one way, with every size of a step.
    @Test(arguments: [1 as UInt32, 3, 100, 4096, 1 << 20])
    func countersGoRound(size: UInt32) {
        let sender = Credit(buffer: 100)
        let receiver = Credit(buffer: size)
        var random = SeededGenerator(seed: UInt64(size))
        var told = receiver.tell()
        sender.told(buffer: told.buffer, forwarded: told.forwarded)
        var total: UInt64 = 0
        // With a small buffer 2^32 is not reached by counting: the counters start near it.
        let most: UInt64 = size == 1 << 20 ? 10 << 30 : 100_000
        var waiting = 0
        while total < most {
            if sender.room > 0 {
                let count = size == 1 << 20 ? sender.room : random.below(sender.room) + 1
                sender.send(count)
                #expect(receiver.receive(UInt32(count)))
                waiting += count
                total += UInt64(count)
            }
            #expect(receiver.waiting == waiting && waiting <= size)
            #expect(!receiver.receive(UInt32(sender.room) + 1))
            let taken = size == 1 << 20 ? waiting : random.below(waiting + 1)
            receiver.forward(taken)
            waiting -= taken
            if receiver.isUpdateDue(least: 1) || sender.room == 0 && waiting == 0 {
                // Whoever has taken everything has told so.
                #expect(receiver.isUpdateDue(least: 1))
                told = receiver.tell()
                sender.told(buffer: told.buffer, forwarded: told.forwarded)
            }
        }
    }

    @Test func nothingComesBeforeItWasTold() {
        let credit = Credit(buffer: 10)
        #expect(!credit.receive(1))
        _ = credit.tell()
        #expect(credit.receive(10))
        #expect(!credit.receive(1))
        credit.forward(10)
        // Room that nobody was told of is none.
        #expect(!credit.receive(1))
    }

    /// A buffer that becomes smaller takes what was sent by right.
    @Test func aSmallerBuffer() {
        let credit = Credit(buffer: 1000)
        _ = credit.tell()
        credit.resize(to: 100)
        let told = credit.tell()
        #expect(told.buffer == 100 && told.forwarded == 0)
        #expect(credit.receive(1000))
        #expect(!credit.receive(1))
        credit.forward(900)
        // 100 are waiting: there is no more room.
        _ = credit.tell()
        #expect(!credit.receive(1))
        credit.forward(100)
        _ = credit.tell()
        #expect(credit.receive(100))
    }

    /// Who goes by the smaller buffer is told of room although it was told of more before.
    @Test func aSmallerBufferTellsOn() {
        let (receiver, sender) = (Credit(buffer: 1000), Credit(buffer: 1))
        var told = receiver.tell()
        sender.told(buffer: told.buffer, forwarded: told.forwarded)
        sender.send(500)
        #expect(receiver.receive(500))
        receiver.resize(to: 100)
        told = receiver.tell()
        sender.told(buffer: told.buffer, forwarded: told.forwarded)
        #expect(sender.room == 0)
        receiver.forward(500)
        #expect(receiver.isUpdateDue(least: 1))
        told = receiver.tell()
        sender.told(buffer: told.buffer, forwarded: told.forwarded)
        #expect(sender.room == 100)
    }

    @Test func whatThePeerSaysIsBelievedOnlyForItsHarm() {
        let credit = Credit(buffer: 10)
        #expect(credit.room == 0)
        credit.told(buffer: 100, forwarded: 0)
        credit.send(100)
        #expect(credit.room == 0)
        // More was taken than was sent.
        credit.told(buffer: 100, forwarded: 101)
        #expect(credit.room == 0)
        // A buffer smaller than what is under way.
        credit.told(buffer: 50, forwarded: 40)
        #expect(credit.room == 0)
        credit.told(buffer: 50, forwarded: 60)
        #expect(credit.room == 10)
    }

    /// A reader that waits for more than the other end may send tells what room there is.
    @Test func whoWaitsForMuchTells() {
        let credit = Credit(buffer: 1000)
        _ = credit.tell()
        #expect(credit.receive(1000))
        credit.forward(100)
        #expect(!credit.isUpdateDue(least: 1))
        #expect(!credit.isUpdateDue(least: 900))
        #expect(credit.isUpdateDue(least: 901))
        #expect(credit.isUpdateDue(least: .max))
        credit.forward(150)
        #expect(credit.isUpdateDue(least: 1))
        _ = credit.tell()
        #expect(!credit.isUpdateDue(least: .max))
    }
}
