// SPDX-License-Identifier: Apache-2.0
// Datagram.java - sends "hello", prints the answer, minds where it came from
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

public class Datagram {
	public static void main(String[] args) throws Exception {
		InetAddress to = InetAddress.getByName(args[0]);
		int port = Integer.parseInt(args[1]);
		byte[] hello = "hello".getBytes();
		try (DatagramSocket s = new DatagramSocket()) {
			s.setSoTimeout(5000);
			s.send(new DatagramPacket(hello, hello.length, to, port));
			DatagramPacket answer = new DatagramPacket(new byte[99], 99);
			s.receive(answer);
			if (!answer.getAddress().equals(to)
				|| answer.getPort() != port)
				System.out.println("from " + answer.getAddress()
					+ ":" + answer.getPort());
			System.out.print(new String(answer.getData(), 0,
				answer.getLength()));
		}
	}
}
