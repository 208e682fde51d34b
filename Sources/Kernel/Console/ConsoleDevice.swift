import CMachine
import KernelDevices
import KernelDrivers
import KernelSupport
import KernelVirtio

/// Standard output by a console device, which is faster than the serial port: it takes
/// pages and no bytes.
///
/// The device is looked for when a program has written some: a start costs more than a few
/// lines do. Whoever calls has the console's lock.
enum ConsoleDevice {
    private enum State { case unknown, none, open }

    nonisolated(unsafe) private static var state = State.unknown
    nonisolated(unsafe) private static var port: OutputPort? = nil
    /// Bytes that went to the serial port.
    nonisolated(unsafe) private static var written = 0
    /// What the log is to be told.
    nonisolated(unsafe) private static var problem: StaticString? = nil

    /// Bytes from which on a device is worth its start.
    private static let patience = 4096
    private static let serialPort: UInt16 = 0x3F8

    /// Takes bytes of standard output; `false`: they are to go to the serial port.
    static func write(_ bytes: RawSpan) -> Bool {
        if case .unknown = unsafe state {
            unsafe written += bytes.byteCount
            guard unsafe written > patience else { return false }
            start()
        }
        guard case .open = unsafe state else { return false }
        do throws(OutputPort.Problem) {
            try unsafe port!.send(bytes)
            return true
        } catch {
            fail(error)
            return false
        }
    }

    private static func start() {
        unsafe state = .none
        do throws(SearchProblem) {
            guard let bus = try DeviceSearch.find(.console) else { return }
            do throws(OutputPort.Problem) {
                unsafe port = try OutputPort.open(bus)
            } catch {
                unsafe problem = error.message
                return
            }
        } catch {
            unsafe problem = error.message
            return
        }
        unsafe state = .open
        // What comes by the other way is behind this.
        var serial = SerialPort(takingOver: serialPort)
        serial.drain()
    }

    /// From now on all goes to the serial port; first what the device may not have written.
    private static func fail(_ error: OutputPort.Problem) {
        unsafe problem = error.message
        unsafe state = .none
        unsafe port!.close { bytes in
            var serial = SerialPort(takingOver: serialPort)
            serial.send(bytes)
            serial.drain()
        }
        unsafe port = nil
    }

    /// Waits until the host has all.
    static func drain() {
        guard case .open = unsafe state else { return }
        do throws(OutputPort.Problem) {
            try unsafe port!.drain()
        } catch {
            fail(error)
        }
    }

    static func takeProblem() -> StaticString? {
        defer { unsafe problem = nil }
        return unsafe problem
    }
}

/// Whoever refers to this has the device's driver in its image, which says so to who boots
/// it: a function of C's name is in this module alone.
@c(kernel_console_offer)
public func kernelConsoleOffer() { machine_want_console_device() }

/// What KernelMain calls in an image that has this module (machine_cores.h).
@c(kernel_console_write)
public func kernelConsoleWrite(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int32 {
    unsafe ConsoleDevice.write(UnsafeRawBufferPointer(start: bytes, count: count).bytes) ? 1 : 0
}

@c(kernel_console_drain)
public func kernelConsoleDrain() { ConsoleDevice.drain() }

/// The bytes of a line for the log; `nil`: there is none.
@c(kernel_console_problem)
public func kernelConsoleProblem(_ count: UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>? {
    guard let text = ConsoleDevice.takeProblem() else { return nil }
    unsafe count.pointee = text.utf8CodeUnitCount
    return unsafe text.utf8Start
}
