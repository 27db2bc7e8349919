<?php
/*
 * Plugin Name: What other plugins show
 * Description: Puts a view count and a primary category into the REST API, as popular plugins do.
 */
add_action(
	'rest_api_init',
	function () {
		register_rest_field(
			'post',
			'views',
			array( 'get_callback' => fn( $post ) => (int) get_post_meta( $post['id'], 'views', true ) )
		);
	}
);
add_action(
	'init',
	function () {
		$shown = array(
			'type'          => 'string',
			'single'        => true,
			'show_in_rest'  => true,
			'auth_callback' => '__return_true',
		);
		register_post_meta( 'post', 'rank_math_primary_category', $shown );
	}
);
