package otsfs.interop;

import com.alicloud.openservices.tablestore.AsyncClientInterface;
import com.alicloud.openservices.tablestore.ClientConfiguration;
import com.alicloud.openservices.tablestore.RequestTracer;
import com.alicloud.openservices.tablestore.SyncClient;
import com.alicloud.openservices.tablestore.core.auth.DefaultCredentialProvider;
import com.alicloud.openservices.tablestore.core.auth.DefaultCredentials;
import com.alicloud.openservices.tablestore.core.auth.ServiceCredentials;
import com.alicloud.openservices.tablestore.core.auth.V4Credentials;
import com.alicloud.openservices.tablestore.model.RetryStrategy;
import com.google.gson.JsonObject;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The SDK's client, one call at a time. Its HTTP library fails a call with "Connection closed" when the
 * whole exchange is over before the caller's thread has left the method that starts it, which a
 * service on the same machine can bring about. So the thread that talks waits for the caller's between
 * the request's last byte and the answer's first, in the hook that the SDK has there.
 */
final class Client implements RequestTracer {
	private static final int GATE_LIMIT_S = 10;

	private final Semaphore started = new Semaphore(0);
	private final SyncClient client;

	/** Failures are what the tests look at. */
	private static final class NoRetry implements RetryStrategy {
		@Override
		public RetryStrategy clone() {
			return new NoRetry();
		}

		@Override
		public int getRetries() {
			return 0;
		}

		@Override
		public long nextPause(String action, Exception cause) {
			return 0;
		}
	}

	Client(JsonObject in) {
		boolean compress = in.has("compress") && in.get("compress").getAsBoolean();
		ClientConfiguration configuration = new ClientConfiguration();
		configuration.setRetryStrategy(new NoRetry());
		configuration.setEnableRequestCompression(compress);
		configuration.setEnableResponseCompression(compress);
		configuration.setEnableResponseValidation(true);
		if (in.has("check_md5"))
			configuration.setEnableResponseContentMD5Checking(in.get("check_md5").getAsBoolean());
		configuration.setEnableRequestTracer(true);
		configuration.setRequestTracer(this);
		client = new SyncClient(in.get("url").getAsString(),
				new DefaultCredentialProvider(credentials(in)), in.get("instance").getAsString(),
				configuration, null);
	}

	private static ServiceCredentials credentials(JsonObject in) {
		ServiceCredentials credentials = new DefaultCredentials(in.get("id").getAsString(),
				in.get("secret").getAsString(), in.has("token") ? in.get("token").getAsString() : null);
		if (!in.has("region"))
			return credentials;
		return V4Credentials.createByServiceCredentials(credentials, in.get("region").getAsString());
	}

	<T> T run(Function<AsyncClientInterface, Future<T>> call) throws Exception {
		started.drainPermits();
		Future<T> future = call.apply(client.asAsyncClient());
		started.release();
		try {
			return future.get();
		} catch (ExecutionException failed) {
			throw failed.getCause() instanceof Exception cause ? cause : failed;
		}
	}

	void close() {
		client.shutdown();
	}

	@Override
	public void requestSend(RequestSendTraceInfo info) {
		try {
			if (!started.tryAcquire(GATE_LIMIT_S, TimeUnit.SECONDS))
				throw new IllegalStateException("the call was never started");
		} catch (InterruptedException interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void startRequest(StartRequestTraceInfo info) {}

	@Override
	public Object getRpcContext() {
		return null;
	}

	@Override
	public void responseReceive(ResponseReceiveTraceInfo info) {}
}
