import Testing

@testable import KernelVirtio

/// How driver and device agree (virtio 1.2, 3.1.1).
struct DeviceTests {
    private final class Registers: @unchecked Sendable {
        var status: DeviceStatus = [.acknowledge, .driver, .driverWorks]
        var offered: Features = [.version1, .accessPlatform, .packedRing, .inOrder, Features(rawValue: 1 << 5)]
        var accepted: Features = []
        var refuses = false
        /// Looks at the status until a reset is over.
        var slowness = 3
        var steps: [DeviceStatus] = []
    }

    private struct Bus: Transport {
        let registers = Registers()

        var status: DeviceStatus {
            get {
                if registers.status == [], registers.slowness > 0 {
                    registers.slowness -= 1
                    return .needsReset
                }
                return registers.status
            }
            nonmutating set {
                registers.steps.append(newValue)
                registers.status = newValue
                if registers.refuses { registers.status.remove(.featuresWork) }
            }
        }
        func offeredFeatures() -> Features { registers.offered }
        func accept(_ features: Features) { registers.accepted = features }
        func queueLimit(_ queue: UInt16) -> Int { queue == 0 ? 64 : 0 }
        func enable(_: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64) -> Doorbell? { nil }
        func ring(_ doorbell: Doorbell) {}
        func pause() {}
    }

    @Test func theStepsAreThoseOfTheStandard() throws {
        let bus = Bus()
        var device = Device(bus)
        _ = try device.reset()
        try device.agree(on: Features(rawValue: 1 << 5 | 1 << 6), avoiding: .inOrder)
        #expect(device.features == [.version1, .accessPlatform, .packedRing, Features(rawValue: 1 << 5)])
        #expect(bus.registers.accepted == device.features)
        #expect(try device.format(of: 0, wanted: 8).isPacked)
        #expect(throws: DeviceError.missesQueue) { try device.format(of: 1, wanted: 8) }
        device.start()
        #expect(
            bus.registers.steps == [
                [], .acknowledge, [.acknowledge, .driver], [.acknowledge, .driver, .featuresWork],
                [.acknowledge, .driver, .featuresWork, .driverWorks],
            ])
        #expect(!device.needsReset)
        bus.registers.status.insert(.needsReset)
        #expect(device.needsReset)
    }

    @Test func whatDoesNotAgreeFails() throws {
        let old = Bus()
        old.registers.offered = [.packedRing]
        var device = Device(old)
        #expect(throws: DeviceError.missesFeatures) { try device.agree() }
        #expect(old.registers.status == .failed)
        let stubborn = Bus()
        stubborn.registers.refuses = true
        device = Device(stubborn)
        #expect(throws: DeviceError.refusesFeatures) { try device.agree() }
        let stuck = Bus()
        stuck.registers.slowness = .max
        do throws(DeviceError) {
            _ = try Device(stuck).reset()
            Issue.record("it was reset")
        } catch {
            #expect(error == .doesNotReset)
        }
    }
}
