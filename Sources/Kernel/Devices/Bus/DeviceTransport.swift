import KernelVirtio

/// A device on whichever bus it was found.
public struct DeviceTransport: Sendable {
    enum Bus: Sendable {
        case memory(MemoryTransport)
        case function(FunctionTransport)
    }

    let bus: Bus
}

extension DeviceTransport: Transport {
    public var status: DeviceStatus {
        get {
            switch bus {
            case .memory(let bus): bus.status
            case .function(let bus): bus.status
            }
        }
        nonmutating set {
            switch bus {
            case .memory(let bus): bus.status = newValue
            case .function(let bus): bus.status = newValue
            }
        }
    }

    public func offeredFeatures() -> Features {
        switch bus {
        case .memory(let bus): bus.offeredFeatures()
        case .function(let bus): bus.offeredFeatures()
        }
    }

    public func accept(_ features: Features) {
        switch bus {
        case .memory(let bus): bus.accept(features)
        case .function(let bus): bus.accept(features)
        }
    }

    public func queueLimit(_ queue: UInt16) -> Int {
        switch bus {
        case .memory(let bus): bus.queueLimit(queue)
        case .function(let bus): bus.queueLimit(queue)
        }
    }

    public func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        switch bus {
        case .memory(let bus):
            bus.enable(queue, size: size, descriptors: descriptors, driver: driver, device: device)
        case .function(let bus):
            bus.enable(queue, size: size, descriptors: descriptors, driver: driver, device: device)
        }
    }

    public func configuration(at offset: UInt64) -> UInt32? {
        switch bus {
        case .memory(let bus): bus.configuration(at: offset)
        case .function(let bus): bus.configuration(at: offset)
        }
    }

    public func halfConfiguration(at offset: UInt64) -> UInt16? {
        switch bus {
        case .memory(let bus): bus.halfConfiguration(at: offset)
        case .function(let bus): bus.halfConfiguration(at: offset)
        }
    }

    public var configurationGeneration: UInt32 {
        switch bus {
        case .memory(let bus): bus.configurationGeneration
        case .function(let bus): bus.configurationGeneration
        }
    }

    public func ring(_ doorbell: Doorbell) {
        switch bus {
        case .memory(let bus): bus.ring(doorbell)
        case .function(let bus): bus.ring(doorbell)
        }
    }

    public func pause() {
        switch bus {
        case .memory(let bus): bus.pause()
        case .function(let bus): bus.pause()
        }
    }
}
